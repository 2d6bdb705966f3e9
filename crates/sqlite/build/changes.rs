//! What differs from the published SQLite: counts of the rows that a statement read and wrote, and the authorizer's
//! knowledge of a table's new name.

/// A text that occurs exactly once, and what takes its place.
pub struct Change {
    pub why: &'static str,
    pub from: &'static str,
    pub to: &'static str,
}

pub const CHANGES: &[Change] = &[
    Change {
        why: "two counters in each statement: rows read, rows written",
        from: "  u32 aCounter[9];        /* Counters used by sqlite3_stmt_status() */\n",
        to: "  u32 aCounter[9];        /* Counters used by sqlite3_stmt_status() */\n  u32 aRows[2];\n#define ROW_READ(p,n) (p)->aRows[0] += (u32)(n)\n#define ROW_WRITTEN(p,n) (p)->aRows[1] += (u32)(n)\n",
    },
    Change {
        why: "sqlite3_stmt_status() tells them as 1024 and 1025",
        from: "  }else{\n    v = pVdbe->aCounter[op];\n",
        to: "  }else if( op>=1024 ){\n    v = pVdbe->aRows[op&1];\n    if( resetFlag ) pVdbe->aRows[op&1] = 0;\n  }else{\n    v = pVdbe->aCounter[op];\n",
    },
    Change {
        why: "count(*) reads all rows",
        from: "    rc = sqlite3BtreeCount(db, pCrsr, &nEntry);\n",
        to: "    rc = sqlite3BtreeCount(db, pCrsr, &nEntry);\n    ROW_READ(p, nEntry);\n",
    },
    Change {
        why: "a seek by range reads a row",
        from: "      goto seek_not_found;\n    }\n  }\n#ifdef SQLITE_TEST\n",
        to: "      goto seek_not_found;\n    }\n  }\n  ROW_READ(p, 1);\n#ifdef SQLITE_TEST\n",
    },
    Change {
        why: "a seek by rowid reads a row",
        from: "  pC->seekResult = res;\n  if( res!=0 ){\n",
        to: "  pC->seekResult = res;\n  ROW_READ(p, 1);\n  if( res!=0 ){\n",
    },
    Change {
        why: "an insert writes a row",
        from: "  assert( (pOp->p5 & OPFLAG_LASTROWID)==0 || (pOp->p5 & OPFLAG_NCHANGE)!=0 );\n",
        to: "  assert( (pOp->p5 & OPFLAG_LASTROWID)==0 || (pOp->p5 & OPFLAG_NCHANGE)!=0 );\n  if( !pC->isEphemeral ) ROW_WRITTEN(p, 1);\n",
    },
    Change {
        why: "a delete writes a row",
        from: "  if( opflags & OPFLAG_NCHANGE ){\n    p->nChange++;\n",
        to: "  if( opflags & OPFLAG_NCHANGE ){\n    if( !pC->isEphemeral ) ROW_WRITTEN(p, 1);\n    p->nChange++;\n",
    },
    Change {
        why: "the last row is read",
        from: "  rc = sqlite3BtreeLast(pCrsr, &res);\n  pC->nullRow = (u8)res;\n  pC->deferredMoveto = 0;\n  pC->cacheStatus = CACHE_STALE;\n  if( rc ) goto abort_due_to_error;\n",
        to: "  rc = sqlite3BtreeLast(pCrsr, &res);\n  pC->nullRow = (u8)res;\n  pC->deferredMoveto = 0;\n  pC->cacheStatus = CACHE_STALE;\n  if( rc ) goto abort_due_to_error;\n  ROW_READ(p, 1);\n",
    },
    Change {
        why: "the first row is read",
        from: "    pC->cacheStatus = CACHE_STALE;\n  }\n  if( rc ) goto abort_due_to_error;\n  pC->nullRow = (u8)res;\n",
        to: "    pC->cacheStatus = CACHE_STALE;\n  }\n  if( rc ) goto abort_due_to_error;\n  ROW_READ(p, 1);\n  pC->nullRow = (u8)res;\n",
    },
    Change {
        why: "the next row is read",
        from: "    p->aCounter[pOp->p5]++;\n",
        to: "    p->aCounter[pOp->p5]++;\n    ROW_READ(p, 1);\n",
    },
    Change {
        why: "an entry of an index is written",
        from: "  if( pOp->p5 & OPFLAG_NCHANGE ) p->nChange++;\n  assert( pC->eCurType==CURTYPE_BTREE );\n  assert( pC->isTable==0 );\n",
        to: "  if( pOp->p5 & OPFLAG_NCHANGE ) p->nChange++;\n  if( !pC->isEphemeral ) ROW_WRITTEN(p, 1);\n  assert( pC->eCurType==CURTYPE_BTREE );\n  assert( pC->isTable==0 );\n",
    },
    Change {
        why: "emptying a table writes all rows",
        from: "  if( pOp->p3 ){\n    p->nChange += nChange;\n",
        to: "  if( pOp->p3 ){\n    ROW_WRITTEN(p, nChange);\n    p->nChange += nChange;\n",
    },
    Change {
        why: "the next row of a virtual table is read",
        from: "  rc = pModule->xNext(pCur->uc.pVCur);\n  sqlite3VtabImportErrmsg(p, pVtab);\n  if( rc ) goto abort_due_to_error;\n",
        to: "  rc = pModule->xNext(pCur->uc.pVCur);\n  sqlite3VtabImportErrmsg(p, pVtab);\n  if( rc ) goto abort_due_to_error;\n  ROW_READ(p, 1);\n",
    },
    Change {
        why: "a row of a virtual table is written",
        from: "        p->errorAction = ((pOp->p5==OE_Replace) ? OE_Abort : pOp->p5);\n      }\n    }else{\n",
        to: "        p->errorAction = ((pOp->p5==OE_Replace) ? OE_Abort : pOp->p5);\n      }\n    }else{\n      ROW_WRITTEN(p, 1);\n",
    },
    Change {
        why: "the authorizer learns the new name of a table",
        from: "  if( sqlite3AuthCheck(pParse, SQLITE_ALTER_TABLE, zDb, pTab->zName, 0) ){\n    goto exit_rename_table;\n",
        to: "  if( sqlite3AuthCheck(pParse, SQLITE_ALTER_TABLE, zDb, pTab->zName, zName) ){\n    goto exit_rename_table;\n",
    },
    Change {
        why: "what a scalar subquery gives to a JSON function stays JSON, as it was before 3.54",
        from: "  if( dest.eDest==SRT_Mem\n   && sqlite3ExprCanReturnSubtype(",
        to: "  if( 0 && dest.eDest==SRT_Mem\n   && sqlite3ExprCanReturnSubtype(",
    },
];
