/* The pages of Account Settings. */

/** The page of Account Settings for incoming and for outgoing mail. */
const PAGES = { incoming: "am-server.xhtml", outgoing: "am-smtp.xhtml" };

/** Open Account Settings. */
function openSettings() {
  mailWindow().MsgAccountManager(null, null);
}

function settingsDocument() {
  const tab = mailWindow().document.getElementById("tabmail").selectedTab;
  return tab.mode.name == "contentTab" ? tab.browser.contentDocument : null;
}

function page() {
  return settingsDocument()?.getElementById("contentFrame")?.contentDocument;
}

/** Is Account Settings there? */
function areSettingsOpen() {
  return page()?.readyState == "complete" && page().location.href != "about:blank";
}

/** Turn to the page for incoming or for outgoing mail. */
function turnTo(direction) {
  const tree = settingsDocument().getElementById("accounttree");
  tree.selectedIndex = tree.rows.findIndex(row => row.getAttribute("PageTag") == PAGES[direction]);
}

/**
 * What the page for incoming or for outgoing mail shows.
 *
 * @returns {?object} Server name, port, connection security and authentication method; null till they are there.
 */
function shownServer(direction) {
  if (page()?.readyState != "complete" || !page().location.href.endsWith(PAGES[direction])) {
    return null;
  }
  const texts = direction == "incoming" ? incomingTexts() : outgoingTexts();
  const [host, port, security, authentication] = texts;
  return host && { host, port: Number(port), security, authentication };
}

function incomingTexts() {
  const texts = ["server.hostname", "server.port"].map(id => page().getElementById(id).value);
  const chosen = ["server.socketType", "server.authMethod"].map(id => page().getElementById(id).selectedOptions[0]);
  return [...texts, ...chosen.map(option => option?.label)];
}

function outgoingTexts() {
  const ids = ["nameValue", "portValue", "useSecureConnectionValue", "authMethodValue"];
  return ids.map(id => page().getElementById(id).textContent);
}
