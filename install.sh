#!/bin/sh
# Installs mpak as a single executable: nothing else is needed.
#
#     sh install.sh [mpak] [mpak-registry]
#
# What is downloaded must have the sha256 that SHA256SUMS of the release says. Where an mpak is there already, that one
# also verifies that it was built by the release workflow of its repository, before it is replaced.
#
#   MPAK_INSTALL_DIR         where to; default ~/.local/bin
#   MPAK_INSTALL_REPOSITORY  OWNER/REPO that it must be built from; a release's own install.sh knows it
#   MPAK_INSTALL_URL         where from; default the latest release of that repository
set -eu

main() {
  repository=${MPAK_INSTALL_REPOSITORY:-@REPOSITORY@}
  case $repository in
    @*) fail "MPAK_INSTALL_REPOSITORY must say which repository is meant: OWNER/REPO" ;;
    */*) ;;
    *) fail "MPAK_INSTALL_REPOSITORY must be OWNER/REPO, and is $repository" ;;
  esac
  base=${MPAK_INSTALL_URL:-https://github.com/$repository/releases/latest/download}
  base=${base%/}
  directory=${MPAK_INSTALL_DIR:-$HOME/.local/bin}
  protocol=$(protocol_of "$base")
  platform=$(platform_of)
  suffix=
  case $platform in win-*) suffix=.exe ;; esac
  [ $# -gt 0 ] || set -- mpak
  for program; do
    case $program in
      mpak | mpak-registry) ;;
      *) fail "there is no program $program: mpak, mpak-registry" ;;
    esac
  done
  for tool in curl gzip mktemp awk; do
    command -v "$tool" > /dev/null || fail "$tool is needed, and is not on the PATH"
  done

  umask 077
  folder=$(mktemp -d)
  staged=
  # shellcheck disable=SC2086 # its names have no spaces but those between them
  trap 'rm -rf "$folder"; [ -z "$staged" ] || rm -f "$staged"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM

  download SHA256SUMS
  for program; do
    asset=$program-$platform$suffix.gz
    download "$asset"
    check "$asset"
    verify "$asset"
    gzip -dc "$folder/$asset" > "$folder/$program$suffix" || fail "$asset is damaged"
  done

  # Everything is here and is right: only now something is replaced, each in one step.
  mkdir -p "$directory"
  for program; do
    staged=$(mktemp "$directory/.$program.XXXXXX")
    cat "$folder/$program$suffix" > "$staged"
    chmod 755 "$staged"
    version=$("$staged" --version) || fail "$program does not run on this system; nothing was replaced"
    mv -f "$staged" "$directory/$program$suffix"
    staged=
    printf 'Installed %s in %s\n' "$version" "$directory"
  done
  case :$PATH: in
    *:"$directory":*) ;;
    *) printf 'Add it to the PATH: %s\n' "$directory" >&2 ;;
  esac
}

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

# https; or http on this machine, for a mirror on it. What else an address may hold, programs read differently.
protocol_of() {
  case $1 in
    *[!A-Za-z0-9._~:/%@+=\[\]-]*) fail "$1 is not https" ;;
    https://*) echo https ;;
    *)
      printf '%s\n' "$1" | grep -Eqx 'http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?' ||
        fail "$1 is not https"
      echo http
      ;;
  esac
}

platform_of() {
  case $(uname -s) in
    Linux)
      system=linux
      for file in /lib/ld-musl-*; do
        [ ! -e "$file" ] || fail "this Linux has musl: install from npm instead"
      done
      ;;
    Darwin) system=darwin ;;
    MINGW* | MSYS* | CYGWIN*) system=win ;;
    *) fail "there is no mpak for $(uname -s): install from npm instead" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) processor=x64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *) fail "there is no mpak for $(uname -m): install from npm instead" ;;
  esac
  case $system-$processor in
    win-arm64) fail "there is no mpak for Windows on arm64: install from npm instead" ;;
  esac
  echo "$system-$processor"
}

download() {
  curl --fail --silent --show-error --location --proto "=$protocol" --proto-redir "=$protocol" --max-redirs 5 \
    --max-filesize 200000000 --connect-timeout 30 --output "$folder/$1" -- "$base/$1" ||
    fail "$base/$1 could not be downloaded; nothing was replaced"
}

check() {
  expected=$(awk -v name="$1" '$2 == name || $2 == "*" name { print $1 }' "$folder/SHA256SUMS")
  printf '%s' "$expected" | grep -Eqx '[0-9a-f]{64}' || fail "SHA256SUMS does not name $1 once; nothing was replaced"
  if command -v sha256sum > /dev/null; then
    found=$(sha256sum < "$folder/$1")
  else
    found=$(shasum -a 256 < "$folder/$1")
  fi
  [ "${found%% *}" = "$expected" ] || fail "$1 has another sha256 than SHA256SUMS says; nothing was replaced"
}

# By the mpak that is to be replaced, or any that is on the PATH: it is trusted already.
verify() {
  trusted=$directory/mpak$suffix
  [ -x "$trusted" ] || trusted=$(command -v mpak) || return 0
  "$trusted" bundle verify "$folder/$1" --repo "$repository" \
    --signer-workflow "$repository/.github/workflows/release.yml" > /dev/null ||
    fail "$1 was not proven to be built from $repository; nothing was replaced"
}

main "$@"
