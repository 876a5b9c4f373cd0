<?php

function begin(): string
{
    $asked = ['client_id' => 'shop', 'response_type' => 'code']; // BAD

    return 'https://id.example.com/authorize?' . http_build_query($asked);
}
