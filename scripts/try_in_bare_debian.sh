#!/usr/bin/env bash
# Runs a command of ./run on a clean clone of HEAD in a bare Debian 12 tree, as a newcomer's machine would.
# Needs root and debootstrap. The base tree is kept between runs; the copy that is worked in is not.
#   scripts/try_in_bare_debian.sh demo
#   scripts/try_in_bare_debian.sh test
#   BARE_CCACHE=~/.cache/ccache scripts/try_in_bare_debian.sh test    # with this host's compiler cache: much sooner
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command=${1:?usage: scripts/try_in_bare_debian.sh <command of ./run> [arguments]}
base=${BARE_DEBIAN_BASE:-/var/cache/lmi-bare-debian}
tree=$(mktemp -d "${TMPDIR:-/tmp}/lmi-bare-debian.XXXXXX")

clean_up() {
  for mounted in proc sys dev root/.cache/ccache; do
    if mountpoint -q "$tree/$mounted"; then umount --recursive --lazy "$tree/$mounted"; fi
  done
  rm -rf --one-file-system "$tree"
}
trap clean_up EXIT

if [ ! -e "$base/etc/debian_version" ]; then
  echo "Making the base tree in $base"
  debootstrap --variant=minbase bookworm "$base" http://deb.debian.org/debian
fi
cp -a "$base/." "$tree"
for mounted in proc sys dev; do mount --rbind "/$mounted" "$tree/$mounted" && mount --make-rslave "$tree/$mounted"; done
if [ -n "${BARE_CCACHE:-}" ]; then
  mkdir -p "$tree/root/.cache/ccache"
  mount --bind "$BARE_CCACHE" "$tree/root/.cache/ccache"
fi
cp -L /etc/resolv.conf /etc/hosts "$tree/etc/"
# How this host reaches its package registries belongs to the host, not to the tree under test.
[ ! -d /etc/apt/apt.conf.d ] || find /etc/apt/apt.conf.d -name '99*' -exec cp {} "$tree/etc/apt/apt.conf.d/" \;
[ ! -d /usr/local/share/ca-certificates ] || cp -rL /usr/local/share/ca-certificates "$tree/usr/local/share/"
[ ! -e /etc/pip.conf ] || cp -L /etc/pip.conf "$tree/etc/"

in_tree() { chroot "$tree" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"; }
in_tree sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends git ca-certificates >/dev/null'
git clone --quiet --no-hardlinks . "$tree/root/lmi-cpp"
in_tree sh -c 'cd /root/lmi-cpp && git log --oneline -1 && exec ./run "$@"' run "$command" "${@:2}"

left=$(for pid in /proc/[0-9]*; do
  [ "$(readlink "$pid/root" 2>/dev/null)" = "$tree" ] && tr '\0' ' ' <"$pid/cmdline" && echo
done || true)
[ -z "$left" ] || { printf 'error: processes left behind:\n%s\n' "$left" >&2; exit 1; }
scratch=$(find "$tree/tmp" -mindepth 1 -maxdepth 1 -not -name '.*' || true)
[ -z "$scratch" ] || { printf 'error: left behind in /tmp:\n%s\n' "$scratch" >&2; exit 1; }
echo "ok: $command passed in a bare Debian tree and left nothing behind"
