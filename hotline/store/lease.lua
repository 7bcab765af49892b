-- Hands out the members whose score has come, each once a lease: its score moves to the lease's end, so a holder
-- that dies gives it back by itself.
-- KEYS 1 sorted set   ARGV 1 now 2 how many 3 end of the lease
local come = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, member in ipairs(come) do
  redis.call('ZADD', KEYS[1], ARGV[3], member)
end
return come
