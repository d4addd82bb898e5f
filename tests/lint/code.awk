# Prints C files as "path:line:code" with the contents of comments and literals
# blanked out, so that a word in prose is never taken for code.  What looks like
# a // comment is kept as such: the house style has none.
FNR == 1 { comment = 0 }
{
	out = ""
	line = $0
	while (line != "") {
		if (comment) {
			at = index(line, "*/")
			if (!at)
				break
			line = substr(line, at + 2)
			comment = 0
		} else if (match(line, /^"([^"\\]|\\.)*"/)) {
			# Names of included files stay readable.
			if (out ~ /^#[ \t]*include/)
				out = out substr(line, 1, RLENGTH)
			else
				out = out "\"\""
			line = substr(line, RLENGTH + 1)
		} else if (match(line, /^'([^'\\]|\\.)*'/)) {
			out = out "''"
			line = substr(line, RLENGTH + 1)
		} else if (substr(line, 1, 2) == "/*") {
			comment = 1
			line = substr(line, 3)
		} else if (substr(line, 1, 2) == "//") {
			out = out "//"
			break
		} else {
			out = out substr(line, 1, 1)
			line = substr(line, 2)
		}
	}
	if (out ~ /[^ \t]/)
		print FILENAME ":" FNR ":" out
}
