<?php

namespace App\Http\Controllers;

use App\Models\Member;
use Illuminate\Http\Request;

class MemberController extends Controller
{
    public function store(Request $request)
    {
        return Member::create($request->all()); // BAD
    }

    public function change(Request $asked, Member $member)
    {
        $member->forceFill($asked->input())->save(); // BAD

        return $member;
    }
}
