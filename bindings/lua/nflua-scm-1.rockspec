-- SPDX-License-Identifier: LGPL-2.1-or-later
rockspec_format = "3.0"
package = "nflua"
version = "scm-1"
source = {
   url = "git+file://.",
   dir = "nflua/bindings/lua",
}
description = {
   summary = "Lua states in the Linux kernel, from Lua",
   detailed = [[
Creates Lua states in the kernel module nflua, runs scripts in them, and receives
their messages. See nflua-lua(3).]],
   license = "LGPL-2.1-or-later",
}
supported_platforms = { "linux" }
dependencies = { "lua ~> 5.4" }
external_dependencies = {
   LIBNFLUA = { header = "nflua/nflua.h", library = "nflua" },
}
build = {
   type = "builtin",
   modules = {
      nflua = {
         sources = {
            "argument.c", "channel.c", "codes.c", "complete.c",
            "connection.c", "create.c", "deliver.c", "dry_run.c", "field.c",
            "hooks.c", "list.c", "nflua.c", "result.c", "script.c", "scripts.c", "signals.c",
            "state.c", "stats.c", "type.c", "watch.c",
         },
         libraries = { "nflua" },
         incdirs = { "$(LIBNFLUA_INCDIR)" },
         libdirs = { "$(LIBNFLUA_LIBDIR)" },
      },
   },
}
