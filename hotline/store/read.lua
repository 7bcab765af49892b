-- What a turn must know, in one round trip; a message seen before gets its first reply, as in commit.lua.
-- KEYS 1 session 2 enrolments 3 opt-outs 4 address 5 ledger 6 week [7 seen 8 reply]   ARGV 1 contact 2 now 3 reply kept s
if KEYS[7] then
  local seen = redis.call('GET', KEYS[7])
  if seen then
    local fresh = tonumber(ARGV[2]) - tonumber(seen) <= tonumber(ARGV[3])
    return {1, fresh and redis.call('GET', KEYS[8]) or ''}
  end
end
return {2, redis.call('GET', KEYS[1]) or '', redis.call('HGET', KEYS[2], ARGV[1]) or '',
  redis.call('SISMEMBER', KEYS[3], ARGV[1]), redis.call('EXISTS', KEYS[4]),
  redis.call('LINDEX', KEYS[5], 0) or '', redis.call('GET', KEYS[6]) or ''}
