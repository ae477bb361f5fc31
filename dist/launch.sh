# What the launcher of a checkout and that of the bundle share: read by both, run by neither.
# Every process that is started here delays each start of the command; hence the shell's own means.

# Without a locale java cannot open paths that are not ASCII, its own among them.
case ${LC_ALL:-${LC_CTYPE:-${LANG:-C}}} in
  C | POSIX) export LC_ALL=C.UTF-8 ;;
esac

# Large pages for what glibc maps for us: of 100 MB of samples and tables each page costs a fault otherwise.
export GLIBC_TUNABLES="${GLIBC_TUNABLES:-glibc.malloc.hugetlb=1}"

# choose_modules WORD...: sets modules to what java has to be asked for. The Vector API is an incubating module, and
# java prints a warning line for it at every start. So it is asked for where it can matter: a java backend by name,
# and the commands that go through all backends; not where only help is wanted.
choose_modules() {
  modules=
  for word in "$@"; do
    case $word in
      java* | --backend=java* | info | check | bench) modules=jdk.incubator.vector ;;
      -h | --help | help) modules= && return ;;
    esac
  done
}
