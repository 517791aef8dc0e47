#!/usr/bin/env bash
# Installs the Debian packages that a job needs and that are missing: Scripts/setup.sh PART…. The parts are build, data,
# python, mpi, nvrtc and bench. Prints nothing if no package is missing. SETUP=no skips it, for systems that have the
# libraries from another source.
set -euo pipefail

[ "${SETUP:-yes}" = no ] && exit 0

wanted=()
for part in "$@"; do
    case $part in
        build) wanted+=(libdnnl-dev libopenblas0-pthread libsleef-dev libgcc-12-dev libzip-dev zlib1g-dev
            libsnappy-dev libzstd-dev libbrotli-dev liblz4-dev libjpeg-dev libpng-dev libwebp-dev pkg-config) ;;
        data) wanted+=(dataset-fashion-mnist) ;;
        python) wanted+=(libpython3.11 python3-numpy) ;;
        mpi) wanted+=(openmpi-bin mpich) ;;
        nvrtc) wanted+=(python3 python3-venv) ;;
        bench) wanted+=(python3 python3-venv) ;;
        *) echo "Scripts/setup.sh: no part '$part'" >&2; exit 2 ;;
    esac
done

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for package in "${wanted[@]}"; do
    installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "These Debian packages are wanted, or what takes their place here: ${missing[*]}" >&2
    echo "There is no apt-get to install them with. Where they are there all the same: make SETUP=no ..." >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "These Debian packages are wanted: ${missing[*]}" >&2
    echo "Installing them takes root: sudo apt-get install ${missing[*]}" >&2
    exit 1
fi

echo "Installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends "${missing[@]}"
