# cmake -DROOT=… -DFILES=a.lua,b/c.lua -DOUTPUT=… -P embed.cmake
# Writes Lua files as byte arrays, and a table with their names for require ("tench/lib.lua" is
# tench.lib). They are text, not bytecode, because text fits every build of LuaJIT.
string(REPLACE "," ";" files "${FILES}")
set(arrays "")
set(entries "")
foreach(file IN LISTS files)
  file(READ "${ROOT}/${file}" hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "\\.lua$" "" module "${file}")
  string(MAKE_C_IDENTIFIER "text_${module}" array)
  string(REPLACE "/" "." module "${module}")
  string(APPEND arrays "static const unsigned char ${array}[] = {${bytes}0};\n")
  string(APPEND entries "    {\"${module}\", \"=[tench]/${file}\", ${array}, sizeof ${array} - 1},\n")
endforeach()
file(WRITE "${OUTPUT}" "${arrays}
static const module modules[] = {
${entries}};
static const size_t n_modules = sizeof modules / sizeof *modules;
")
