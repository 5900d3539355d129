-- Asks for the addresses of a file in turn. With "unique" each gets a number as well, so that no two requests are for the same one.
local paths, at, unique = {}, 0, false

function init(args)
  for path in io.lines(args[1]) do paths[#paths + 1] = path end
  at = tonumber(args[2])
  unique = args[3] == 'unique'
end

function request()
  at = at + 1
  local path = paths[at % #paths + 1]
  if unique then path = path .. (path:find('?', 1, true) and '&n=' or '?n=') .. at end
  return wrk.format('GET', path)
end

function done(summary)
  local errors = summary.errors
  io.write(string.format('\n{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d}\n', summary.requests, summary.duration,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
