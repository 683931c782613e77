"""The page on which a coach goes through a session: what it is told, its clip, what it exports."""
