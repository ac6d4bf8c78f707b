-- Asks for many names in random order from prepared requests, and reports as one line of JSON.
local requests = {}
local count = 0

function init(args)
  math.randomseed(tonumber(args[2]) or 1)
  for path in io.lines(args[1]) do
    count = count + 1
    requests[count] = wrk.format("GET", path)
  end
end

function request()
  return requests[math.random(count)]
end

function done(summary, latency, _)
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"p50_ms":%.4f,"p99_ms":%.4f,"failed":%d,"not_ok":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.errors.status))
end
