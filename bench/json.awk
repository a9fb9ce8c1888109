# SPDX-License-Identifier: MIT
# Rows to JSON: {"machine": [...], "rows": [{...}]}. awk -f json.awk MACHINE ROWS
BEGIN {
	FS = "\t"
	split("part input who metric value unit ratio of note", key, " ")
	printf "{\"machine\": ["
}

function quoted(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/"/, "\\\"", s)
	gsub(/[\001-\037]/, " ", s)
	return "\"" s "\""
}

FNR == NR {
	printf "%s%s", (FNR > 1 ? ", " : ""), quoted($0)
	next
}

{
	printf "%s", (FNR == 1 ? "],\n\"rows\": [\n{" : ",\n{")
	sep = ""
	for (i = 1; i <= 9; i++) {
		if ($i == "-" || $i == "")
			continue
		printf "%s\"%s\": %s", sep, key[i], key[i] ~ /value|ratio/ && $i ~ /^-?[0-9.]+$/ ? $i : quoted($i)
		sep = ", "
	}
	printf "}"
	any = 1
}

END { print any ? "\n]}" : "], \"rows\": []}" }
