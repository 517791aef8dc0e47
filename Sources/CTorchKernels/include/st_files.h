// File functions of the C library that Swift's overlay does not offer.
#ifndef ST_FILES_H
#define ST_FILES_H

/// Copies the access control list and the user extended attributes of the file `from` to the file `to`, as far as the
/// file system and the process's rights allow. Both arguments are open descriptors.
void st_copy_attributes(int from, int to);

#endif
