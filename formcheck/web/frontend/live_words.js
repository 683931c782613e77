// Every sentence that the live page shows of its own, each with what to do. What the program on the
// computer says (cues, refusals, how a session ended) comes over the socket in words.

const CAMERA_WORDS = {
  denied: [
    "The camera is not allowed",
    "This page may not use the camera. Allow it with the camera sign at the address bar, or in the browser's settings for this page, then try again.",
  ],
  none: ["No camera was found", "Plug a camera in, or open this page on a device that has one, then try again."],
  busy: [
    "The camera can't be opened",
    "Another program or tab may be using it. Close that one, then try again.",
  ],
  insecure: [
    "The camera needs a secure address",
    "A browser opens the camera only on the computer that runs formcheck, or over https. Use the address that begins with https:// and was shown when formcheck was started.",
  ],
  old: [
    "This browser is too old",
    "It lacks something that a live session needs. Update it, or use a current Chrome, Edge, Firefox or Safari.",
  ],
  other: ["The camera can't be opened", "Unplug it and plug it in again, or choose another one, then try again."],
};

function cameraWords(error) {
  return CAMERA_WORDS[error.code] ?? CAMERA_WORDS.other;
}

const FAILURE_WORDS = {
  cameraEnded: [
    "The camera has stopped",
    "It was unplugged, switched off or taken by another program. Mend that, then begin again.",
  ],
  unreachable: [
    "formcheck can't be reached",
    "Look whether formcheck still runs on the computer and this device is in the same network, then try again.",
  ],
  gone: [
    "The connection was lost",
    "It could not be made again within 15 seconds. Look whether formcheck still runs on the computer. What was seen before is shown as soon as it answers: try again.",
  ],
  closed: [
    "formcheck was closed",
    "It was ended on the computer, and so was this session; what was to be kept of it is kept. Look whether formcheck still runs there, then begin again.",
  ],
  restarted: [
    "This session is over",
    "formcheck was started anew, or the connection was away for too long. Begin again.",
  ],
  noTicket: [
    "The page has to be loaded anew",
    "formcheck gave no new start. Reload this page, then begin again.",
  ],
};

const FAILURE_TITLES = { busy: "The computer is busy", other: "The session was not started" };

const TROUBLE_WORDS = {
  lost: "The connection is lost; trying to get it back.",
  unanswered: "No answer comes, so nothing is judged at the moment. If it lasts, move nearer to the network, or close other programs on the computer.",
  frozen: "The camera gives no new pictures. Is it covered, asleep or used by another program?",
  hidden: "The page was in the background and saw nothing. Keep it in front.",
  computer: "This computer is too slow: little is seen. Close other programs and tabs.",
  camera: "The camera gives few pictures, so little is seen. More light helps most cameras.",
  silent: "The sound is blocked. Tap or click anywhere on this page to turn it on.",
  mute: "The voice can't be played in this browser: cues are shown only. Try another browser, or headphones plugged in anew.",
};

const OTHER_WORDS = {
  opening: "Opening the camera…",
  preparing: "Getting ready…",
  waiting: "Please wait…",
  finishing: "Finishing…",
  summary: "The session is over; its summary follows.",
  noSummary: "The session is over, but this page can't show its summary. Look on the page Progress, or load this page anew.",
  nothing: "Nothing was recorded: no picture of the camera was judged.",
  heard: (text) => `You should have heard “${text}”. If not, turn the volume up and look which loudspeaker is chosen.`,
  leaving: (seconds) => `Nobody is in the picture. The session ends in ${seconds} s.`,
  tryAgain: "Try again",
  beginAgain: "Begin again",
};

const READY_WORDS = { good: ["✓", "good"], bad: ["✕", "not yet"], unknown: ["…", "can't be told yet"] };
const LEVEL_SIGNS = { good: "✓", warning: "▲", fault: "✕", "not judged": "?" };
