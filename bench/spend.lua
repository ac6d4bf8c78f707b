-- Posts prepared authorizations, each once: the file has a line each of idempotency key and body. Threads share it by
-- turns. Answers are counted by status.
local threads = {}

function setup(thread)
  thread:set("turn", #threads)
  table.insert(threads, thread)
end

function init(args)
  requests, position, approved, other = {}, 0, 0, 0
  local number, of = 0, tonumber(args[3])
  local headers = { ["Authorization"] = "Bearer " .. args[2], ["Content-Type"] = "application/json" }
  for line in io.lines(args[1]) do
    if number % of == turn then
      local key, body = line:match("^(%S+) (.+)$")
      headers["Idempotency-Key"] = key
      requests[#requests + 1] = wrk.format("POST", "/v1/authorizations", headers, body)
    end
    number = number + 1
  end
end

function request()
  position = position + 1
  return requests[(position - 1) % #requests + 1]
end

function response(status)
  if status == 201 then approved = approved + 1 else other = other + 1 end
end

function done(summary, latency, _)
  local yes, no = 0, 0
  for _, thread in ipairs(threads) do
    yes, no = yes + thread:get("approved"), no + thread:get("other")
  end
  io.write(string.format('\nRESULT {"approved":%d,"other":%d,"seconds":%.6f,"p50_ms":%.4f,"p99_ms":%.4f}\n',
    yes, no, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
