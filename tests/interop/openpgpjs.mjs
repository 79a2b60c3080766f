// OpenPGP.js: one request as JSON on standard input, one answer as JSON on standard output.
//
// The law of this file: it is asked and answers as sequoia.py does. Its one argument is the folder whose node_modules
// has the library.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.argv[2]}/`);
const openpgp = require("openpgp");
const { enums } = openpgp;

// Version 6 keys, version 2 SEIPD packets and Argon2 are not its defaults.
Object.assign(openpgp.config, { v6Keys: true, aeadProtect: true, s2kType: enums.s2k.argon2 });

const types = { "v6 Ed25519": "curve25519", "v6 Ed448": "curve448" };
const words = new Set(["do", "kind", "form", "compression", "aead"]);

const certificate = (octets) => openpgp.readKey({ armoredKey: text(octets) });
const text = (octets) => octets && new TextDecoder().decode(octets);
const octetsOf = (armored) => new TextEncoder().encode(armored);

async function secret({ secret: octets, unlocking }) {
  const privateKey = await openpgp.readPrivateKey({ armoredKey: text(octets) });
  return unlocking ? openpgp.decryptKey({ privateKey, passphrase: text(unlocking) }) : privateKey;
}

// The primary fingerprints of the good signatures.
async function signers(signatures, certificates) {
  const good = [];
  for (const { keyID, verified } of signatures) {
    await verified;
    good.push(certificates.find((c) => c.getKeys(keyID).length).getFingerprint().toUpperCase());
  }
  return good;
}

const requests = {
  async version() {
    const { version } = JSON.parse(readFileSync(`${process.argv[2]}/node_modules/openpgp/package.json`, "utf8"));
    return { version: `OpenPGP.js ${version}` };
  },
  async generate({ kind, password }) {
    const userIDs = [{ name: "Peer", email: "peer@peers.example" }];
    const made = await openpgp.generateKey({ type: types[kind], userIDs, passphrase: text(password) ?? undefined });
    return { octets: octetsOf(made.privateKey) };
  },
  async certificate(request) {
    const key = await openpgp.readPrivateKey({ armoredKey: text(request.secret) });
    return { octets: octetsOf(key.toPublic().armor()) };
  },
  async encrypt({ octets, to, password, hidden, compression, aead, ...request }) {
    const encryptionKeys = await Promise.all(to.map(certificate));
    let signingKeys = request.secret ? await secret(request) : undefined;
    let message = await openpgp.createMessage({ binary: octets });
    if (compression) {
      // Of its own accord it compresses only for recipients who say that they prefer it.
      message = signingKeys ? await message.sign([signingKeys]) : message;
      message = message.compress(enums.compression[compression]);
      signingKeys = undefined;
    }
    // The AEAD follows from the recipients' preferences too, but for a session key of one's own.
    const sessionKey = aead && { ...(await openpgp.generateSessionKey({ encryptionKeys })), aeadAlgorithm: aead.toLowerCase() };
    const passwords = password ? text(password) : undefined;
    const options = { message, encryptionKeys, signingKeys, passwords, wildcard: hidden };
    return { octets: octetsOf(await openpgp.encrypt(sessionKey ? { ...options, sessionKey } : options)) };
  },
  async decrypt({ octets, signer, password, ...request }) {
    const verificationKeys = signer ? [await certificate(signer)] : [];
    const { data, signatures } = await openpgp.decrypt({
      message: await openpgp.readMessage({ armoredMessage: text(octets) }),
      decryptionKeys: password ? undefined : await secret(request),
      passwords: password ? text(password) : undefined,
      verificationKeys,
      format: "binary",
    });
    return { octets: data, signers: await signers(signatures, verificationKeys) };
  },
  async sign({ octets, form, ...request }) {
    const message =
      form === "cleartext"
        ? await openpgp.createCleartextMessage({ text: text(octets) })
        : await openpgp.createMessage({ binary: octets });
    const signed = await openpgp.sign({ message, signingKeys: await secret(request), detached: form === "detached" });
    return { octets: octetsOf(signed) };
  },
  async verify({ octets, signer, document }) {
    const verificationKeys = [await certificate(signer)];
    const armored = text(octets);
    let message;
    let signature;
    if (document) {
      message = await openpgp.createMessage({ binary: document });
      signature = await openpgp.readSignature({ armoredSignature: armored });
    } else if (armored.startsWith("-----BEGIN PGP SIGNED MESSAGE-----")) {
      message = await openpgp.readCleartextMessage({ cleartextMessage: armored });
    } else {
      message = await openpgp.readMessage({ armoredMessage: armored });
    }
    const cleartext = message instanceof openpgp.CleartextMessage;
    const format = cleartext ? "utf8" : "binary";
    const { data, signatures } = await openpgp.verify({ message, signature, verificationKeys, format });
    return { octets: cleartext ? octetsOf(data) : data, signers: await signers(signatures, verificationKeys) };
  },
};

const plain = (value) =>
  Array.isArray(value) ? value.map(plain) : typeof value === "string" ? new Uint8Array(Buffer.from(value, "base64")) : value;

async function answer(request) {
  const asked = Object.fromEntries(Object.entries(request).map(([k, v]) => [k, words.has(k) ? v : plain(v)]));
  try {
    const answered = await requests[request.do](asked);
    const coded = ([k, v]) => [k, v instanceof Uint8Array ? Buffer.from(v).toString("base64") : v];
    return Object.fromEntries(Object.entries(answered).map(coded));
  } catch (error) {
    return { failed: String(error) };
  }
}

process.stdout.write(JSON.stringify(await answer(JSON.parse(readFileSync(0, "utf8")))));
