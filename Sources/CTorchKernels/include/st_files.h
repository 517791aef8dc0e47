// Files: what the Swift overlay of the C library does not show.
#ifndef ST_FILES_H
#define ST_FILES_H

// Gives the file `to` the access control list and the users' attributes of the file `from`, as far as the file system
// and the process's rights allow. Both are open descriptors.
void st_copy_attributes(int from, int to);

#endif
