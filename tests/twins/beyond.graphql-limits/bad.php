<?php

use GraphQL\GraphQL;
use GraphQL\Type\Schema;

function answer(Schema $schema, array $asked): array
{
    return GraphQL::executeQuery($schema, $asked['query'])->toArray(); // BAD
}
