#include "st_files.h"

#if defined(__linux__)
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

static const char access_list[] = "system.posix_acl_access";

static void copy_attribute(int from, int to, const char *name) {
    ssize_t size = fgetxattr(from, name, NULL, 0);
    if (size < 0) return;
    char *value = malloc((size_t)size + 1);
    if (value == NULL) return;
    size = fgetxattr(from, name, value, (size_t)size);
    if (size >= 0) fsetxattr(to, name, value, (size_t)size, 0);
    free(value);
}

void st_copy_attributes(int from, int to) {
    // The new file may have inherited an access control list from its folder.
    fremovexattr(to, access_list);
    ssize_t size = flistxattr(from, NULL, 0);
    if (size <= 0) return;
    char *names = malloc((size_t)size);
    if (names == NULL) return;
    size = flistxattr(from, names, (size_t)size);
    for (ssize_t i = 0; i < size; i += (ssize_t)strlen(names + i) + 1) {
      if (strcmp(names + i, access_list) == 0 || strncmp(names + i, "user.", 5) == 0)
        copy_attribute(from, to, names + i);
    }
    free(names);
}
#else
void st_copy_attributes(int from, int to) {
    (void)from;
    (void)to;
}
#endif
