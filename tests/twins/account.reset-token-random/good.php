<?php
function forgot(User $user): void
{
    $user->reset_token = bin2hex(random_bytes(32));
    $user->save();
}

function pick(array $quotes): string
{
    return $quotes[rand(0, count($quotes) - 1)];
}
