"""What mobile packages are written in: binary XML, resource tables, Dalvik code, property lists, Mach-O; bytes in, facts out."""
