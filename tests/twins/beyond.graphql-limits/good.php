<?php

use GraphQL\GraphQL;
use GraphQL\Type\Schema;
use GraphQL\Validator\DocumentValidator;
use GraphQL\Validator\Rules\QueryDepth;

function answer(Schema $schema, array $asked): array
{
    DocumentValidator::addRule(new QueryDepth(12));

    return GraphQL::executeQuery($schema, $asked['query'])->toArray();
}
