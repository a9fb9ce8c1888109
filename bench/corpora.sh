# SPDX-License-Identifier: MIT
# The inputs of the bench, made once below $data and kept: corpus NAME sets IN, LIST, FILES and BYTES. Sourced by run.sh.
# At a scale below 100 generated files stand in for what would be fetched, and the tables say so.

# Exact versions: front-end trees as people deploy them. No script of theirs is run.
npm_packages='monaco-editor@0.52.2 pdfjs-dist@4.10.38 mathjax@3.2.2 cesium@1.127.0 swagger-ui-dist@5.20.0
	@fortawesome/fontawesome-free@6.7.2 katex@0.16.21 bootstrap@5.3.3 ace-builds@1.39.0 tinymce@7.6.1
	plotly.js-dist-min@3.0.0 three@0.174.0 echarts@5.6.0 pyodide@0.27.3 ckeditor4@4.22.1'

unpack_deb() # PACKAGE SUBTREE...: into the directory $tree
{
	package=$1
	shift
	(cd "$data/fetch" && apt-get download -qq "$package" 2>/dev/null) && dpkg-deb -x "$data/fetch/$package"_*.deb "$data/fetch/x" || return 1
	for part; do
		cp -R "$data/fetch/x/usr/share/icons/$part" "$tree/" || return 1
	done
	rm -rf "$data/fetch"/*
}

make_svg() # about 50,000 small files
{
	[ "$SCALE" -eq 100 ] || return 1
	unpack_deb papirus-icon-theme Papirus Papirus-Dark && unpack_deb breeze-icon-theme breeze
}

make_web() # 18,000 files of all sizes
{
	[ "$SCALE" -eq 100 ] || return 1
	echo '{"name":"corpus","private":true}' >"$data/fetch/package.json"
	# shellcheck disable=SC2086
	(cd "$data/fetch" && npm install --ignore-scripts --no-audit --no-fund --omit=dev --omit=optional --legacy-peer-deps --silent \
		$npm_packages >/dev/null 2>&1) || return 1
	rm -rf "$data/fetch/node_modules/.bin" "$data/fetch/node_modules/.package-lock.json"
	mv "$data/fetch/node_modules"/* "$tree/"
}

make_large() # programs and libraries of this system, 64 to 320 KiB each
{
	find /usr -xdev -type f -size +64k -size -320k -print | LC_ALL=C sort | sed -n "1,$(scaled 5000)p" | tr '\n' '\0' |
		xargs -0 cp --parents -t "$tree"
}

stand_in() # NAME
{
	case $1 in svg) n=50000 ;; web) n=18000 ;; *) return 1 ;; esac
	"$BUILD/bench/generate" tree "$tree" "$(scaled $n)" && echo ', generated: stand-ins' >"$data/$1.$SCALE.words"
}

describe()
{
	case $1 in
	svg) echo svg ;;
	web) echo web ;;
	large) echo 'large binary' ;;
	million) echo 'small JSON-like' ;;
	esac
}

corpus() # NAME: svg, web, large, or million
{
	tree=$data/$1.$SCALE
	if [ ! -e "$tree.done" ]; then
		say "making the $1 corpus"
		rm -rf "$tree" "$tree.words" "$data/fetch"
		mkdir -p "$tree" "$data/fetch"
		case $1 in
		million) "$BUILD/bench/generate" tree "$tree" "$(scaled 1000000)" ;;
		*) "make_$1" || stand_in "$1" ;;
		esac || { say "the $1 corpus could not be made"; exit 1; }
		find "$tree" -type l -delete
		rm -rf "$data/fetch"
		(cd "$tree" && find . -type f -printf '%P\n' | LC_ALL=C sort) >"$tree.list"
		touch "$tree.done"
	fi
	IN=$tree LIST=$tree.list
	FILES=$(wc -l <"$LIST")
	BYTES=$(find "$IN" -type f -printf '%s\n' | awk '{ n += $1 } END { printf "%.0f", n }')
	words="$FILES $(describe "$1") files, $((BYTES / 1000000)) MB$(cat "$tree.words" 2>/dev/null || :)"
	export IN LIST
}

drop_corpus() # NAME
{
	rm -rf "$data/$1.$SCALE" "$data/$1.$SCALE".*
}
