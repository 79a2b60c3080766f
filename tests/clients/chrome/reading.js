/* Fetching, and the message that is shown. */

function inbox() {
  const server = MailServices.accounts.defaultAccount.incomingServer;
  return server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
}

/** Go to the inbox. */
function openInbox() {
  threePane().displayFolder(inbox());
}

/** Are there so many messages, and is the connection to the server given up? */
function hasFetched(messages) {
  return inbox().getTotalMessages(false) >= messages && !inbox().server.serverBusy;
}

/** A message by its place in the order of arrival, from 0 on; -1 is the newest. */
function arrived(place) {
  return [...inbox().messages].sort((a, b) => a.messageKey - b.messageKey).at(place);
}

/** Select a message in the list. */
function select(place) {
  const { gDBView, threadTree } = threePane();
  threadTree.selectedIndex = gDBView.findIndexOfMsgHdr(arrived(place), true);
}

/** Is this message shown, its pictures too? */
function isShown(place) {
  const { gMessage, msgLoaded } = threePane().messageBrowser.contentWindow;
  const loaded = msgLoaded && gMessage?.messageKey == arrived(place).messageKey;
  return Boolean(loaded) && [...messageDocument().images].every(image => image.complete);
}

function messageDocument() {
  return threePane().messageBrowser.contentWindow.getMessagePaneBrowser().contentDocument;
}

/** What a person sees of the message that is selected. */
async function shownMessage() {
  const { threadTree, messageBrowser } = threePane();
  const document = messageBrowser.contentDocument;
  await drawn(messageDocument().defaultView);
  const items = [...document.querySelectorAll("#attachmentList .attachmentItem")];
  return {
    line: words(threadTree.getRowAtIndex(threadTree.selectedIndex)),
    sender: words(document.querySelector("#expandedfromBox .recipient-multi-line")),
    subject: words(document.querySelector("#expandedsubjectBox > span:last-child")),
    text: messageDocument().body.innerText,
    pictures: [...messageDocument().images].filter(isVisible).map(picture),
    attachments: await Promise.all(items.map(item => attached(item.attachment))),
    bars: bars(),
  };
}

/** The text that is drawn of an element, in one line. */
function words(element) {
  return element.innerText.trim().replace(/\s+/g, " ");
}

/** Where a picture stands on the screen; nothing of it, where it could not be drawn. */
function picture(image) {
  const { mozInnerScreenX, mozInnerScreenY } = image.ownerDocument.defaultView;
  const { x, y } = image.getBoundingClientRect();
  const place = { x: Math.round(mozInnerScreenX + x), y: Math.round(mozInnerScreenY + y) };
  return { ...place, width: image.naturalWidth, height: image.naturalHeight };
}

/** Name and octets of an attachment, as saving it would give them. */
async function attached({ name, url }) {
  const stream = await new Promise(done => NetUtil.asyncFetch({ uri: url, loadUsingSystemPrincipal: true }, done));
  const octets = NetUtil.readInputStreamToString(stream, stream.available());
  return { name, octets: btoa(octets) };
}
