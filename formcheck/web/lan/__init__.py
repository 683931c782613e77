"""Other devices of the home: a certificate, a code that pairs one, the gate before everything."""
