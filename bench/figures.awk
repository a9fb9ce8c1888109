# SPDX-License-Identifier: MIT
# The figures that are asked for, beside what was measured. awk -f figures.awk FIGURES ROWS
# FIGURES: what, part, what the input's words contain, metric, who, of whom, `<=` or `>=`, the limit; `-` in place of words: any input, in
# place of whom: the value itself.
BEGIN { FS = "\t" }

FNR == NR {
	if ($0 !~ /^#/ && NF >= 8) {
		n++
		what[n] = $1
		part[n] = $2
		text[n] = $3
		metric[n] = $4
		who[n] = $5
		of[n] = $6
		op[n] = $7
		limit[n] = $8
	}
	next
}

$5 != "-" {
	r++
	row_part[r] = $1
	row_input[r] = $2
	row_who[r] = $3
	row_metric[r] = $4
	row_value[r] = $5
	row_ratio[r] = $7
	row_of[r] = $8
}

function find(f, name,  i) {
	for (i = 1; i <= r; i++)
		if (row_part[i] == part[f] && row_metric[i] == metric[f] && row_who[i] == name &&
		    (text[f] == "-" || index(row_input[i], text[f])))
			return i
	return 0
}

# The ratio within the rounds where it was taken so, else that of the medians.
function measured(f,  a, b) {
	a = find(f, who[f])
	if (!a || of[f] == "-")
		return a ? row_value[a] : ""
	if (row_of[a] == of[f])
		return row_ratio[a]
	b = find(f, of[f])
	return b && row_value[b] > 0 ? sprintf("%.2f", row_value[a] / row_value[b]) : ""
}

END {
	print "\n### Figures asked for\n\n| what | asked | measured | |\n|---|---:|---:|---|"
	for (f = 1; f <= n; f++) {
		m = measured(f)
		if (m == "")
			continue
		good = op[f] == "<=" ? m + 0 <= limit[f] + 0 : m + 0 >= limit[f] + 0
		printf "| %s | %s %s%s | %s | %s |\n", what[f], op[f] == "<=" ? "≤" : "≥", limit[f], of[f] == "-" ? "" : " × " of[f], m, \
			good ? "reached" : "**not reached**"
	}
}
