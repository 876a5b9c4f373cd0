<?php
function forgot(User $user): void
{
    $user->reset_token = md5(uniqid(rand(), true)); // BAD
    $user->save();
}
