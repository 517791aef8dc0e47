// The part of libcurl's interface that downloads use. The library is loaded at run time, so its own headers are not
// needed, and its functions are passed as addresses. Options are C variadic arguments, which Swift cannot pass.

#pragma once
#include <stddef.h>
#include <stdint.h>

// Flags of curl_global_init.
enum { CURL_INITIALIZE_ALL = 3 };

// Options of curl_easy_setopt with a number.
enum {
    CURL_OPTION_LOW_SPEED_LIMIT = 19, // bytes a second
    CURL_OPTION_LOW_SPEED_TIME = 20,  // seconds
    CURL_OPTION_NO_PROGRESS = 43,
    CURL_OPTION_NO_BODY = 44,
    CURL_OPTION_FOLLOW_LOCATION = 52,
    CURL_OPTION_MAX_REDIRECTS = 68,
    CURL_OPTION_CONNECT_TIMEOUT = 78, // seconds
    CURL_OPTION_NO_SIGNAL = 99,
    CURL_OPTION_PROTOCOLS = 181,
    CURL_OPTION_REDIRECT_PROTOCOLS = 182
};

// Options of curl_easy_setopt with an address.
enum {
    CURL_OPTION_WRITE_CONTEXT = 10001,
    CURL_OPTION_URL = 10002, // copied
    CURL_OPTION_ERROR_BUFFER = 10010,
    CURL_OPTION_USER_AGENT = 10018, // copied
    CURL_OPTION_HEADERS = 10023,
    CURL_OPTION_HEADER_CONTEXT = 10029,
    CURL_OPTION_PROGRESS_CONTEXT = 10057
};

// Options of curl_easy_setopt with a function.
enum {
    CURL_OPTION_WRITE_FUNCTION = 20011,
    CURL_OPTION_HEADER_FUNCTION = 20079,
    CURL_OPTION_PROGRESS_FUNCTION = 20219
};

// Bits of CURL_OPTION_PROTOCOLS.
enum { CURL_PROTOCOL_HTTP = 1, CURL_PROTOCOL_HTTPS = 2 };

// Numbers of curl_easy_getinfo with a text.
enum { CURL_INFO_REDIRECT_URL = 0x10001f };

// Results of curl_easy_perform that another attempt does not change.
enum {
    CURL_ERROR_UNSUPPORTED_PROTOCOL = 1,
    CURL_ERROR_FAILED_INIT = 2,
    CURL_ERROR_URL_MALFORMED = 3,
    CURL_ERROR_NOT_BUILT_IN = 4,
    CURL_ERROR_TOO_MANY_REDIRECTS = 47,
    CURL_ERROR_PEER_CERTIFICATE_OLD = 51,
    CURL_ERROR_CLIENT_CERTIFICATE = 58,
    CURL_ERROR_PEER_CERTIFICATE = 60,
    CURL_ERROR_CA_FILE = 77,
    CURL_ERROR_ISSUER = 83,
    CURL_ERROR_PINNED_KEY = 90
};

// Receives `size * count` bytes. Returns how many it took; another number ends the transfer.
typedef size_t (*curl_data_function)(void *bytes, size_t size, size_t count, void *context);
// Receives the bytes to download in total (0 if unknown) and so far, and the same to upload. Not 0 ends the transfer.
typedef int (*curl_progress_function)(
    void *context, int64_t total, int64_t now, int64_t upload_total, int64_t upload_now);

typedef int (*curl_option_function)(void *handle, int option, ...);

// `setopt` is the address of curl_easy_setopt.
static inline int curl_set_number(void *setopt, void *handle, int option, long value) {
    return ((curl_option_function)setopt)(handle, option, value);
}

static inline int curl_set_address(void *setopt, void *handle, int option, const void *value) {
    return ((curl_option_function)setopt)(handle, option, value);
}

static inline int curl_set_data_function(void *setopt, void *handle, int option, curl_data_function value) {
    return ((curl_option_function)setopt)(handle, option, value);
}

static inline int curl_set_progress_function(void *setopt, void *handle, int option, curl_progress_function value) {
    return ((curl_option_function)setopt)(handle, option, value);
}

// `getinfo` is the address of curl_easy_getinfo. Returns a text that belongs to the handle, or NULL.
static inline const char *curl_get_text(void *getinfo, void *handle, int number) {
    const char *result = NULL;
    ((curl_option_function)getinfo)(handle, number, &result);
    return result;
}
