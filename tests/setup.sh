#!/bin/sh
# Installs what building ("build") and testing ("test") need, where missing.
# Debian and Ubuntu only; elsewhere says what to install.  Does nothing, in a
# few milliseconds, when everything is there.
set -u

build_libs='libcurl jansson yaml-0.1 expat libcrypto yajl ncursesw
	libmicrohttpd gnutls'
test_libs='cmocka vterm'
build_debs='gcc libc6-dev make pkg-config libncurses-dev libcurl4-openssl-dev
	libjansson-dev libssl-dev libyaml-dev libexpat1-dev libyajl-dev
	libmicrohttpd-dev libgnutls28-dev'
# Shell tests read JSON with Python and talk to the simulator with curl.
test_tools='python3 curl'
test_debs="libcmocka-dev libvterm-dev clang $test_tools"

have() {
	command -v "$1" >/dev/null 2>&1
}

# The libFuzzer and sanitizer runtimes are a package apart from clang.
have_clang() {
	clang=$(command -v clang || command -v clang-14) || return 1
	set -- "$($clang -print-runtime-dir 2>/dev/null)"/libclang_rt.fuzzer*.a
	[ -e "$1" ]
}

complete() {
	have cc && have pkg-config || return 1
	pkg-config --exists $build_libs 2>/dev/null || return 1
	case " $* " in *' test '*)
		pkg-config --exists $test_libs 2>/dev/null && have_clang ||
			return 1
		for tool in $test_tools; do
			have "$tool" || return 1
		done
	esac
}

complete "$@" && exit 0

debs=$build_debs
case " $* " in *' test '*)
	debs="$debs $test_debs"
	# Only Debian 12's clang 14 names its runtimes by version.
	case $(. /etc/os-release 2>/dev/null; echo "${VERSION_CODENAME-}") in
	bookworm) debs="$debs libclang-rt-14-dev" ;;
	jammy) debs="$debs libclang-common-14-dev" ;;
	*) debs="$debs libclang-rt-dev" ;;
	esac
esac

if ! have apt-get || ! have dpkg-query; then
	echo 'set-up: some of these are missing; please install what your' >&2
	echo 'system calls the following Debian packages, then try again:' >&2
	echo "  $(echo $debs)" >&2
	exit 1
fi

missing=
for deb in $debs; do
	case $(dpkg-query -W -f '${db:Status-Status}' "$deb" 2>/dev/null) in
	installed) ;;
	*) missing="$missing $deb" ;;
	esac
done
if [ -z "$missing" ]; then
	echo 'set-up: all packages are installed, yet a compiler or library' >&2
	echo 'is not found; check PATH and PKG_CONFIG_PATH' >&2
	exit 1
fi

as_root=
if [ "$(id -u)" != 0 ]; then
	if ! have sudo; then
		echo "set-up: as root, run: apt-get install$missing" >&2
		exit 1
	fi
	as_root=sudo
fi
echo "set-up: installing$missing"
export DEBIAN_FRONTEND=noninteractive
quiet='-qq -o Dpkg::Use-Pty=0'
if ! $as_root apt-get $quiet update ||
    ! $as_root apt-get $quiet install -y --no-install-recommends \
	$missing >/dev/null; then
	echo "set-up: failed; by hand: apt-get install$missing" >&2
	exit 1
fi
complete "$@" || {
	echo 'set-up: packages installed, yet something is still missing' >&2
	exit 1
}
