"""How good the program is: labelled clips in, a table of rights and wrongs out."""
