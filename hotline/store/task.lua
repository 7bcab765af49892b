-- One step of a staff task: open -> claimed -> closed. Answers 1, or 0 where the task is missing or in another state.
-- KEYS 1 task 2 open tasks 3 closed tasks   ARGV 1 verb 2 id 3 now 4 by 5 sealed note 6 seconds a closed one is kept
local state = redis.call('HGET', KEYS[1], 's')
local verb = ARGV[1]
if verb == 'claim' and state == 'open' then
  redis.call('HSET', KEYS[1], 's', 'claimed', 'by', ARGV[4])
  return 1
end
if verb == 'close' and (state == 'open' or state == 'claimed') then
  redis.call('HSET', KEYS[1], 's', 'closed', 'by', ARGV[4], 'note', ARGV[5])
  redis.call('EXPIRE', KEYS[1], ARGV[6])
  redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
  redis.call('ZREM', KEYS[2], ARGV[2])
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', tonumber(ARGV[3]) - tonumber(ARGV[6]))
  return 1
end
if verb == 'escalated' and state == 'open' then
  return redis.call('HSETNX', KEYS[1], 'esc', ARGV[3])
end
return 0
