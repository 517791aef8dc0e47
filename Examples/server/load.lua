-- Good and bad requests for wrk, which checks their answers. load.sh runs it.

local folder = os.getenv("FIXTURES") .. "/"

local function file(name)
    local handle = assert(io.open(folder .. name, "rb"))
    local bytes = handle:read("*a")
    handle:close()
    return bytes
end

local boot = file("boot.png")
local form = '--b0und\r\nContent-Disposition: form-data; name="image"; filename="boot.png"\r\n'
    .. "Content-Type: image/png\r\n\r\n" .. boot .. "\r\n--b0und--\r\n"

-- The requests that each connection sends in turn, and the status of their answers. Half of them are good.
local kinds = {
    { 200, "POST", "/classify", boot },
    { 400, "POST", "/classify", boot:sub(1, 200) },
    { 200, "POST", "/classify?top=3", file("boot.jpg") },
    { 415, "POST", "/classify", "this is not an image" },
    { 200, "POST", "/classify", file("boot.webp") },
    { 404, "GET", "/nowhere" },
    { 200, "POST", "/classify", form, "multipart/form-data; boundary=b0und" },
    { 405, "GET", "/classify" },
    { 200, "POST", "/classify", file("colors.png") },
    { 413, "POST", "/classify", file("bomb.png") },
    { 200, "POST", "/classify", file("pullover16.png") },
    { 400, "POST", "/classify?top=no", boot },
    { 200, "GET", "/health" },
    { 413, "POST", "/classify", string.rep("x", 100000) },
    { 200, "POST", "/classify", boot },
    { 422, "POST", "/classify", file("narrow.png") },
    { 200, "POST", "/classify", boot },
    { 415, "POST", "/classify", boot, "text/plain" },
}

local requests = {}
local threads = {}
local turn = 0
sent = {}
received = {}

function setup(thread) table.insert(threads, thread) end

function init()
    for i, kind in ipairs(kinds) do
        local headers = { ["Content-Type"] = kind[5] or (kind[4] and "application/octet-stream") }
        requests[i] = wrk.format(kind[2], kind[3], headers, kind[4])
    end
end

function request()
    turn = turn % #kinds + 1
    local status = kinds[turn][1]
    sent[status] = (sent[status] or 0) + 1
    return requests[turn]
end

function response(status) received[status] = (received[status] or 0) + 1 end

function done(summary, latency)
    local sums = { sent = {}, received = {} }
    for _, thread in ipairs(threads) do
        for name, sum in pairs(sums) do
            for status, count in pairs(thread:get(name)) do sum[status] = (sum[status] or 0) + count end
        end
    end
    local statuses = {}
    for _, sum in pairs(sums) do
        for status in pairs(sum) do statuses[status] = true end
    end
    local sorted = {}
    for status in pairs(statuses) do table.insert(sorted, status) end
    table.sort(sorted)

    local failed = false
    local open = tonumber(os.getenv("CONNECTIONS"))
    print("\nstatus   expected   answered")
    for _, status in ipairs(sorted) do
        local expected, answered = sums.sent[status] or 0, sums.received[status] or 0
        print(string.format("%6d %10d %10d", status, expected, answered))
        -- At the end each connection may wait for one answer.
        if answered > expected or expected - answered > open then failed = true end
    end
    local errors = summary.errors
    print(string.format(
        "errors: %d of connecting, %d of reading, %d of writing, %d without an answer in time",
        errors.connect, errors.read, errors.write, errors.timeout))
    if errors.connect + errors.read + errors.write + errors.timeout > 0 then failed = true end
    print(string.format(
        "latency: %.1f ms at most for half of the requests, %.1f ms for 99 %% of them, %.1f ms for all",
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
    print(string.format("requests per second: %.0f", summary.requests / summary.duration * 1e6))
    print(failed and "FAILED" or "every request was answered as it should be")
end
