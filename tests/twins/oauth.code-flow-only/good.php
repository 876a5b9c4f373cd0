<?php

function begin(string $state): string
{
    $asked = ['client_id' => 'shop', 'response_type' => 'code', 'state' => $state];

    return 'https://id.example.com/authorize?' . http_build_query($asked);
}
