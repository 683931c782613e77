"""One live session in the browser: pictures in, landmarks and cues out."""
