/* Thunderbird's own OpenPGP: a key for the account, a certificate that is accepted, and what it says of a message. */

const OPENPGP = "chrome://openpgp/content/modules/";

function openpgp(name) {
  return ChromeUtils.importESModule(`${OPENPGP}${name}.sys.mjs`);
}

/**
 * Make a key for the account, as its dialog does, and use it.
 *
 * @param {string} userId
 * @returns {string} The certificate, armored.
 */
async function makeKey(userId) {
  const { RNP } = openpgp("RNP");
  const { EnigmailKeyRing } = openpgp("keyRing");
  await openpgp("core").EnigmailCore.init();
  const passphrase = await openpgp("masterpass").OpenPGPMasterpass.retrieveOpenPGPPassword();
  const id = (await RNP.genKey(userId, "ECC", 0, 365, passphrase)).replace(/^0x/, "");
  EnigmailKeyRing.clearCache();
  const { fpr } = EnigmailKeyRing.getKeyById(`0x${id}`);
  await openpgp("sqliteDb").PgpSqliteDb2.acceptAsPersonalKey(fpr);
  MailServices.accounts.defaultAccount.defaultIdentity.setUnicharAttribute("openpgp_key_id", id);
  return RNP.getMultiplePublicKeys([`0x${fpr}`], null, null);
}

/** Import a certificate and accept it for an address, as a person does who has compared the fingerprint. */
async function acceptCertificate(armored, address) {
  const { EnigmailKeyRing } = openpgp("keyRing");
  await openpgp("core").EnigmailCore.init();
  const imported = {};
  await EnigmailKeyRing.importKeyAsync(null, false, armored, false, "", {}, imported, false, [], "verified");
  EnigmailKeyRing.clearCache();
  for (const name of imported.value) {
    const fingerprint = (name.fpr ?? name).replace(/^0x/, "");
    await openpgp("sqliteDb").PgpSqliteDb2.updateAcceptance(fingerprint, [address], "verified");
  }
}

/** The little pictures that say what Thunderbird thinks of the message; empty while it thinks. */
function security() {
  const { document } = threePane().messageBrowser.contentWindow;
  const icons = ["signedHdrIcon", "encryptedHdrIcon"].map(id => document.getElementById(id));
  return icons.filter(icon => icon && isVisible(icon)).map(icon => icon.getAttribute("src").split("/").pop());
}
