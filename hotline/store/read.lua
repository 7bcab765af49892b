-- What a turn must know, in one round trip; a message seen before gets its first reply, as in commit.lua.
-- KEYS 1 session 2 enrolments 3 opt-outs 4 address 5 ledger [6 seen 7 reply]   ARGV 1 contact 2 now 3 reply kept s
if KEYS[6] then
  local seen = redis.call('GET', KEYS[6])
  if seen then
    local fresh = tonumber(ARGV[2]) - tonumber(seen) <= tonumber(ARGV[3])
    return {1, fresh and redis.call('GET', KEYS[7]) or ''}
  end
end
return {2, redis.call('GET', KEYS[1]) or '', redis.call('HGET', KEYS[2], ARGV[1]) or '',
  redis.call('SISMEMBER', KEYS[3], ARGV[1]), redis.call('EXISTS', KEYS[4]),
  string.match(redis.call('LINDEX', KEYS[5], -1) or '', '^%S*')}
