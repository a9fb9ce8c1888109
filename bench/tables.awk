# SPDX-License-Identifier: MIT
# Rows to Markdown: a table for each part and input, a line for each contender, a column for each metric
# and, where there are ratios, one for the ratio. awk -f tables.awk ROWS
BEGIN { FS = "\t" }

{
	table = $1 FS $2
	if (!(table in known)) {
		known[table] = ++tables
		order[tables] = table
	}
	if (!((table, $3) in line)) {
		line[table, $3] = 1
		who[table, ++lines[table]] = $3
	}
	if ($4 != "-" && !((table, $4) in column)) {
		column[table, $4] = 1
		metric[table, ++columns[table]] = $4
		unit[table, $4] = $6
	}
	if ($7 != "-")
		of[table, $4] = $8
	value[table, $3, $4] = $5
	ratio[table, $3, $4] = $7
	if ($9 != "-")
		note[table, $3] = $9
}

function cells(table,  c, m, text) {
	text = ""
	for (c = 1; c <= columns[table]; c++) {
		m = metric[table, c]
		if ((table, m) in of)
			text = text " " m " ÷ " of[table, m] " |"
		text = text " " m (unit[table, m] ~ /^-?$/ ? "" : ", " unit[table, m]) " |"
	}
	return text
}

function line_of(table, name,  c, m, text) {
	text = ""
	for (c = 1; c <= columns[table]; c++) {
		m = metric[table, c]
		if ((table, m) in of)
			text = text " " shown(ratio[table, name, m]) " |"
		text = text " " shown(value[table, name, m]) " |"
	}
	return text
}

function shown(v) { return v == "" || v == "-" ? "" : v }

END {
	for (t = 1; t <= tables; t++) {
		table = order[t]
		split(table, title, FS)
		printf "\n### %s: %s\n\n", title[1], title[2]
		head = cells(table)
		print "| |" head " |"
		bars = head
		gsub(/[^|]+/, "---:", bars)
		print "|---|" bars "---|"
		for (w = 1; w <= lines[table]; w++) {
			name = who[table, w]
			print "| " name " |" line_of(table, name) " " note[table, name] " |"
		}
	}
}
