"""The shipped exercises, one file each (installed as ``formcheck_rules``)."""
