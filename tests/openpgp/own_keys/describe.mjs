// What OpenPGP.js makes of one certificate: node describe.mjs MODULES FILE, one JSON object on standard output.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.argv[2]}/`);
const openpgp = require("openpgp");

const seconds = (time) => (time === Infinity || time === null ? null : Math.floor(time.getTime() / 1000));
const refused = async (promise) => promise.then(() => null, (error) => String(error.message));

const key = await openpgp.readKey({ armoredKey: readFileSync(process.argv[3], "utf8") });
const encrypting = await key.getEncryptionKey().catch(() => null);
const signing = await key.getSigningKey().catch(() => null);
const users = [];
for (const user of key.users) {
  const id = user.userID && user.userID.userID;
  users.push([id, await refused(user.verify())]);
}
const subkeys = [];
for (const subkey of key.subkeys) subkeys.push([subkey.getFingerprint().toUpperCase(), await refused(subkey.verify())]);
process.stdout.write(
  JSON.stringify({
    fingerprint: key.getFingerprint().toUpperCase(),
    refused: await refused(key.verifyPrimaryKey()),
    revoked: await key.isRevoked(),
    expires: seconds(await key.getExpirationTime()),
    encrypting: encrypting && encrypting.getFingerprint().toUpperCase(),
    signing: signing && signing.getFingerprint().toUpperCase(),
    users,
    subkeys,
  }),
);
