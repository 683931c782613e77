"""Sessions in the formats of other tools: poses, measures and a coach's notes.

Every format is made by one pure function of a session that gives text; nothing is judged here.
"""
