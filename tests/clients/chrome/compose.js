/* The window in which a letter is written. */

function composeWindow() {
  return Services.wm.getMostRecentWindow("msgcompose");
}

/**
 * Open a new letter, as a mailto: link does.
 *
 * @param {string} to - An address.
 * @param {string} subject
 * @param {string[]} files - Paths of files to attach.
 */
function openLetter(to, subject, files) {
  const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
  fields.to = to;
  fields.subject = subject;
  files.map(attachment).forEach(file => fields.addAttachment(file));
  const params = Cc["@mozilla.org/messengercompose/composeparams;1"].createInstance(Ci.nsIMsgComposeParams);
  params.composeFields = fields;
  params.type = Ci.nsIMsgCompType.New;
  params.format = Ci.nsIMsgCompFormat.Default;
  params.identity = MailServices.accounts.defaultAccount.defaultIdentity;
  MailServices.compose.OpenComposeWindowWithParams(null, params);
}

function attachment(path) {
  const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
  file.initWithPath(path);
  const attached = Cc["@mozilla.org/messengercompose/attachment;1"].createInstance(Ci.nsIMsgAttachment);
  attached.url = Services.io.newFileURI(file).spec;
  attached.name = file.leafName;
  attached.size = file.fileSize;
  return attached;
}

/** Can the letter be written and sent: is the editor there, and everything that was given? */
function isLetterOpen(attachments) {
  const window = composeWindow();
  if (!window || !isLoaded(window) || !window.gMsgCompose?.editor) {
    return false;
  }
  const pills = window.document.querySelectorAll("#toAddrContainer mail-address-pill");
  const { itemCount } = window.document.getElementById("attachmentBucket");
  const send = window.document.getElementById("cmd_sendNow");
  return pills.length > 0 && itemCount == attachments && !send.hasAttribute("disabled");
}

/** Write into the letter's text where the cursor stands, as from a keyboard. */
async function writeText(text) {
  const editor = composeWindow().GetCurrentEditor();
  editor.insertText(text);
  await drawn(composeWindow());
}

/** Does a letter still lie open? */
function isComposing() {
  return Boolean(composeWindow());
}
