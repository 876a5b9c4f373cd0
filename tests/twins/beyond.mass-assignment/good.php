<?php

namespace App\Http\Controllers;

use App\Models\Member;
use Illuminate\Http\Request;

class MemberController extends Controller
{
    public function store(Request $request)
    {
        return Member::create($request->only(['name', 'mail']));
    }

    public function change(Request $asked, Member $member)
    {
        $member->fill($asked->validate(['name' => 'required|string']))->save();

        return $member;
    }
}
