/* Thunderbird's windows, and the dialogs in front of them; and what the other files need too. */

const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { NetUtil } = ChromeUtils.importESModule("resource://gre/modules/NetUtil.sys.mjs");

/** Where scripts run: Marionette refuses to run any in a window that shows a dialog. */
const STAGE = "chrome://extensions/content/dummy.xhtml";

/** It tells how far sending has come, and asks for nothing. */
const PROGRESS = "chrome://messenger/content/messengercompose/sendProgress.xhtml";

/** Open the stage, a window that nobody sees. */
function openStage() {
  Services.ww.openWindow(null, STAGE, "_blank", "chrome,titlebar=no,alwaysLowered,width=1,height=1", null);
}

/** Is the window that this script runs in the stage? */
function isStage() {
  return location.href == STAGE;
}

function mailWindow() {
  return Services.wm.getMostRecentWindow("mail:3pane");
}

/** The folder tree, the list of messages and the message of the current tab. */
function threePane() {
  return mailWindow()?.document.getElementById("tabmail")?.currentAbout3Pane;
}

/** Has Thunderbird come up? */
function isUp() {
  return threePane()?.document.readyState == "complete" && threePane().folderTree?.rowCount > 0;
}

/** Has this window drawn what it holds? */
async function drawn(window) {
  await new Promise(done => window.requestAnimationFrame(() => window.requestAnimationFrame(done)));
}

/**
 * Every dialog that is open: alerts, questions, requests for a password. They are windows of their own, or
 * frames inside a window.
 *
 * @returns {object[]} title, text and the labels of the buttons by name.
 */
function dialogs() {
  return dialogWindows().map(window => ({
    title: window.document.title,
    text: dialogText(window.document),
    buttons: buttons(window),
  }));
}

function dialogWindows() {
  const windows = [...Services.wm.getEnumerator(null)].filter(isLoaded);
  const frames = windows.flatMap(window => [...window.document.querySelectorAll(".dialogFrame")]);
  const inFrames = frames.map(frame => frame.contentWindow).filter(isLoaded);
  return [...windows.filter(isDialog), ...inFrames].filter(window => dialogText(window.document));
}

function isLoaded(window) {
  return window.document.readyState == "complete" && window.location.href != "about:blank";
}

function isDialog(window) {
  const type = window.document.documentElement.getAttribute("windowtype");
  return !["mail:3pane", "msgcompose"].includes(type) && ![STAGE, PROGRESS].includes(window.location.href);
}

/** Empty for a moment after the window has come up. */
function dialogText(document) {
  const element = document.getElementById("infoBody") ?? document.body ?? document.documentElement;
  return element.textContent.trim();
}

function buttons(window) {
  const dialog = window.document.querySelector("dialog");
  const named = ["accept", "cancel", "extra1", "extra2"].map(name => [name, dialog?.getButton?.(name)]);
  return Object.fromEntries(named.filter(([, button]) => button && !button.hidden).map(([name, b]) => [name, b.label]));
}

/** Does what is typed now go into the password field of a dialog? */
function isPasswordTaken() {
  return dialogWindows().some(({ document }) => document.hasFocus() && document.activeElement.id == "password1Textbox");
}

/** The bars across the windows that warn or ask. */
function bars() {
  const documents = [mailWindow().document, threePane()?.document, threePane()?.messageBrowser.contentDocument];
  const found = documents.filter(Boolean).flatMap(document => [...document.querySelectorAll("notification-message")]);
  return found.filter(isVisible).map(bar => (bar.shadowRoot ?? bar).textContent.trim().replace(/\s+/g, " "));
}

function isVisible(element) {
  return element.checkVisibility({ visibilityProperty: true });
}
