"""The commands, one file each: ``add_to(parsers)`` declares one, ``run(options)`` does it.

Nothing heavy is imported before a command runs, so ``formcheck --help`` answers at once.
"""
