-- LuaJIT 2.1, no globals of our own; lines as long as in C.
std = "luajit"
max_line_length = 100
files["recipes"] = { read_globals = { "op" } }
