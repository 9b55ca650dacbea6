# cmake -DLIST=FILE -DOUTPUT=FILE.c -P EmbedFiles.cmake
#
# Writes the files named in LIST, one a line, as byte arrays with a table of them. Byte arrays and
# not string literals: ISO C promises no more than 4095 characters in a literal.

file(STRINGS "${LIST}" files)
set(arrays "")
set(rows "")
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME)
  string(MAKE_C_IDENTIFIER "bytes_of_${name}" symbol)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  # 20 bytes a line; the closing zero is not counted in the length.
  string(REPEAT "0x..," 20 line)
  string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
  string(APPEND arrays "static const unsigned char ${symbol}[] = {\n${bytes}0};\n\n")
  string(APPEND rows "    {\"${name}\", ${symbol}, sizeof ${symbol} - 1},\n")
endforeach()

file(
  WRITE "${OUTPUT}"
  "/* Generated from kernels_cl/ by cmake/EmbedFiles.cmake. */
#include \"device/kernel_sources.h\"

${arrays}const gf_kernel_source gf_kernel_sources[] = {
${rows}    {NULL, NULL, 0},
};

const size_t gf_kernel_source_count = sizeof gf_kernel_sources / sizeof gf_kernel_sources[0] - 1;
")
