<?php

use Illuminate\Support\Facades\Log;

function enter(string $mail, string $password): void
{
    Log::info("login of $mail", ['length' => strlen($password)]);
}
