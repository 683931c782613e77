"""What people see and hear: overlay, report, subtitles, terminal, voice."""
